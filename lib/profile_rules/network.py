"""Rules about the network, and the stream in front of the pipeline."""

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

from lib.profile import REQUIRED_WITHOUT_NAT, Ingest, Monitoring, Network, Notifications
from lib.profile_rules.registry import Violation, rule

PRIVATE_BLOCKS = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918."""
SUBNETS_PER_ZONE = 3
SMALLEST_SUBNET = 28
"""A VPC has /16 to /28, and so has a subnet (VPC user guide)."""


@rule("SFX311")
def cidr_block(network: Network) -> Iterator[Violation]:
    """The address block is a private IPv4 network of /16 to /22, written as its first address."""
    at = (("network", "cidr"),)
    try:
        block = IPv4Network(network.cidr, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        yield Violation(f"`{network.cidr}` is not an IPv4 block.", at, "Write one as 10.40.0.0/16.")
        return
    if str(block) != network.cidr:
        yield Violation(
            f"`{network.cidr}` is not written as a block's first address and length.", at, f"Write {block}."
        )
    if not 16 <= block.prefixlen <= 22:
        needed = SUBNETS_PER_ZONE * network.availability_zones
        yield Violation(
            f"/{block.prefixlen} is outside /16 to /22: AWS allows no larger VPC, and a smaller one "
            f"leaves too few addresses in each of its {needed} subnets.",
            at,
        )
    if not any(block.subnet_of(private) for private in PRIVATE_BLOCKS):
        allowed = ", ".join(map(str, PRIVATE_BLOCKS))
        yield Violation(f"{block} is not private address space.", at, f"Take a block inside {allowed}.")


@rule("SFX312")
def endpoints_without_nat(network: Network) -> Iterator[Violation]:
    """Without a NAT gateway, tasks reach AWS through interface endpoints only."""
    missing = [name for name in REQUIRED_WITHOUT_NAT if name not in network.interface_endpoints]
    if network.nat_gateways == "none" and missing:
        yield Violation(
            f"`nat_gateways: none` needs these interface endpoints as well: {', '.join(missing)}.",
            (("network", "interface_endpoints"), ("network", "nat_gateways")),
        )


@rule("SFX313")
def webhooks_need_nat(network: Network, notifications: Notifications) -> Iterator[Violation]:
    """A webhook needs a way out of the VPC."""
    if network.nat_gateways == "none" and notifications.webhooks:
        yield Violation(
            "Webhooks need a way out of the VPC, and `network.nat_gateways` is none.",
            (("notifications", "webhooks"), ("network", "nat_gateways")),
            "Set `nat_gateways: single`, or remove the webhooks.",
        )


@rule("SFX315")
def on_demand_has_no_shards(ingest: Ingest) -> Iterator[Violation]:
    """An on-demand stream has no shard count."""
    if ingest.stream_mode == "on_demand" and ingest.shard_count is not None:
        yield Violation(
            "`shard_count` is refused by Kinesis with `stream_mode: on_demand`.",
            (("ingest", "shard_count"), ("ingest", "stream_mode")),
            "Remove it (`shard_count: null` where it is inherited), or set `stream_mode: provisioned`.",
        )


@rule("SFX316")
def alarm_before_expiry(ingest: Ingest, monitoring: Monitoring) -> Iterator[Violation]:
    """The iterator-age alarm goes off before records expire."""
    if monitoring.iterator_age_seconds >= ingest.retention_hours * 3600:
        yield Violation(
            f"Records expire after {ingest.retention_hours} h, before this alarm at "
            f"{monitoring.iterator_age_seconds} s goes off.",
            (("monitoring", "iterator_age_seconds"), ("ingest", "retention_hours")),
        )

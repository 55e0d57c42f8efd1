"""Rules about whom the service tells and what it owes to the law."""

from collections.abc import Iterator

from lib.profile import Aws, Compliance, Environment, Network, Notifications, Secrets
from lib.profile_rules.registry import FieldPath, Violation, rule
from lib.tags import in_eea


@rule("SFX327")
def webhook_address(aws: Aws, notifications: Notifications) -> Iterator[Violation]:
    """A webhook has an https address without credentials, on a port that the tasks reach."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - most profiles have no webhook

    for index, webhook in enumerate(notifications.webhooks):
        at = (("notifications", "webhooks", index, "url"),)
        try:
            url = urlsplit(webhook.url)
            host, port = url.hostname, url.port
        except ValueError as error:
            yield Violation(f"Not an address: {error}.", at)
            continue
        if url.scheme != "https" or not host or any(c.isspace() for c in webhook.url):
            yield Violation(f"`{webhook.url}` is not an https address.", at)
        elif url.username is not None or url.password is not None:
            yield Violation("An address must not carry credentials: messages are signed with `api_key`.", at)
        elif port not in {None, 443} and aws.endpoint == "aws":
            yield Violation(f"The tasks reach port 443 alone, not {port}.", at)


@rule("SFX328")
def webhook_key(secrets: Secrets, notifications: Notifications) -> Iterator[Violation]:
    """A webhook signs with a key that is declared."""
    for index, webhook in enumerate(notifications.webhooks):
        if webhook.api_key not in secrets.api_keys:
            known = ", ".join(secrets.api_keys) or "none"
            yield Violation(
                f"`{webhook.api_key}` is not among `secrets.api_keys` ({known}).",
                (("notifications", "webhooks", index, "api_key"), ("secrets", "api_keys")),
            )


def _repeated(values: tuple[str, ...], at: FieldPath) -> Iterator[Violation]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield Violation(f"`{value}` stands twice.", ((*at, index),))


@rule("SFX314")
def no_repetition(
    network: Network, secrets: Secrets, notifications: Notifications, compliance: Compliance
) -> Iterator[Violation]:
    """Interface endpoints, API keys, webhooks and territories are named once."""
    yield from _repeated(network.interface_endpoints, ("network", "interface_endpoints"))
    yield from _repeated(secrets.api_keys, ("secrets", "api_keys"))
    yield from _repeated(tuple(webhook.url for webhook in notifications.webhooks), ("notifications", "webhooks"))
    yield from _repeated(compliance.territories, ("compliance", "territories"))


@rule("SFX329")
def ratings_cover_territories(compliance: Compliance) -> Iterator[Violation]:
    """Every territory has an age rating system, and every rating system a territory."""
    missing = [country for country in compliance.territories if country not in compliance.rating_systems]
    if missing:
        yield Violation(
            f"No rating system for {', '.join(missing)} (Directive 2010/13/EU, Art. 6a).",
            (("compliance", "rating_systems"), ("compliance", "territories")),
        )
    for country in compliance.rating_systems:
        if country not in compliance.territories:
            yield Violation(
                f"A rating system for {country}, which is not among the territories.",
                (("compliance", "rating_systems", country),),
                severity="warning",
            )


@rule("SFX330")
def data_residency(environment: Environment, aws: Aws, compliance: Compliance) -> Iterator[Violation]:
    """Outside the EU/EEA a protected environment states the legal basis of the transfer; others should."""
    if compliance.data_residency is not None or aws.endpoint == "local" or in_eea(aws.region):
        return
    yield Violation(
        f"`{aws.region}` lies outside the EU/EEA and `compliance.data_residency` is not stated (GDPR, chapter V).",
        (("compliance", "data_residency"), ("aws", "region")),
        "State legal_basis, reference, personal_data_in_content and approved_by.",
        severity="error" if environment.protected else "warning",
    )

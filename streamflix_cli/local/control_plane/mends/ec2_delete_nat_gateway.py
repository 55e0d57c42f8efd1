"""A deleted NAT gateway keeps its address and its network interface: the next one cannot have the address."""

from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend

from streamflix_cli.local.control_plane.patch import Method, wrap


def _release(delete: Method) -> Method:
    def delete_nat_gateway(self: EC2Backend, nat_gateway_id: str) -> NatGateway:
        held = self.nat_gateways[nat_gateway_id].state != "deleted"
        gateway: NatGateway = delete(self, nat_gateway_id)
        if held:
            for address in gateway.address_set:
                if association := address.get("associationId"):
                    self.disassociate_address(association_id=association)
            self.delete_network_interface(gateway._eni.id)
        return gateway

    return delete_nat_gateway


def apply() -> None:
    """Gives both free."""
    wrap(NatGatewayBackend, "delete_nat_gateway", _release)

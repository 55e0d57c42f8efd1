"""`DeleteCluster` deletes a cluster in which services and tasks still run."""

from moto.ecs.exceptions import ECSException
from moto.ecs.models import Cluster, EC2ContainerServiceBackend

from streamflix_cli.local.control_plane.patch import Method, wrap


def _refuse_while_used(delete: Method) -> Method:
    def delete_cluster(self: EC2ContainerServiceBackend, cluster_str: str) -> Cluster:
        cluster = self._get_cluster(cluster_str)
        services = (service for service in self.services.values() if service.cluster_arn == cluster.arn)
        if any(service.status != "INACTIVE" for service in services):
            raise ECSException(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        if any(task.last_status != "STOPPED" for task in self.tasks.get(cluster.name, {}).values()):
            raise ECSException("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
        deleted: Cluster = delete(self, cluster_str)
        return deleted

    return delete_cluster


def apply() -> None:
    """Refuses to delete a cluster in use."""
    wrap(EC2ContainerServiceBackend, "delete_cluster", _refuse_while_used)

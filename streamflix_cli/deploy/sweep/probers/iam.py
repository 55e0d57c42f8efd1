"""IAM roles with their policies, and customer-managed policies."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending


class IamRole(Prober):
    """By role name; inline policies go with it."""

    type = "iam_role"
    arn = r"iam:role/(?P<id>[^/]+)"
    missing = frozenset({"NoSuchEntity"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named(names_ending(search.naming, "-role"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("iam").get_role, RoleName=id)
        return None if answer is None else "exists"

    def delete(self, cloud: Cloud, id: str) -> None:
        if self.state(cloud, id) is None:
            return
        iam = cloud.client("iam")
        for policy in cloud.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=id):
            self.ask(iam.detach_role_policy, RoleName=id, PolicyArn=policy["PolicyArn"])
        for name in cloud.pages("iam", "list_role_policies", "PolicyNames", RoleName=id):
            self.ask(iam.delete_role_policy, RoleName=id, PolicyName=name)
        self.ask(iam.delete_role, RoleName=id)


class IamPolicy(Prober):
    """By policy ARN, which the name determines."""

    type = "iam_policy"
    arn = r"iam:policy/[^/]+"
    missing = frozenset({"NoSuchEntity"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        prefix = f"arn:{search.partition}:iam::{search.account_id}:policy"
        return self.named(f"{prefix}/{name}" for name in names_ending(search.naming, "-policy"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("iam").get_policy, PolicyArn=id)
        return None if answer is None else f"{answer['Policy']['AttachmentCount']} attachments"

    def detach(self, cloud: Cloud, id: str) -> None:
        """Takes a policy off every role, user and group: IAM deletes none that is attached."""
        iam = cloud.client("iam")
        listing = ("iam", "list_entities_for_policy")
        for role in cloud.pages(*listing, "PolicyRoles", PolicyArn=id):
            self.ask(iam.detach_role_policy, RoleName=role["RoleName"], PolicyArn=id)
        for user in cloud.pages(*listing, "PolicyUsers", PolicyArn=id):
            self.ask(iam.detach_user_policy, UserName=user["UserName"], PolicyArn=id)
        for group in cloud.pages(*listing, "PolicyGroups", PolicyArn=id):
            self.ask(iam.detach_group_policy, GroupName=group["GroupName"], PolicyArn=id)

    def delete(self, cloud: Cloud, id: str) -> None:
        if self.state(cloud, id) is None:
            return
        self.detach(cloud, id)
        iam = cloud.client("iam")
        for version in cloud.pages("iam", "list_policy_versions", "Versions", PolicyArn=id):
            if not version["IsDefaultVersion"]:
                self.ask(iam.delete_policy_version, PolicyArn=id, VersionId=version["VersionId"])
        self.ask(iam.delete_policy, PolicyArn=id)

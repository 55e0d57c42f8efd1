from typing import Any

STRATEGY = [
    {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
    {"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 0},
]


def test_a_capacity_provider_strategy_is_described_instead_of_a_launch_type(fargate: Any) -> None:
    fargate.create_service(capacityProviderStrategy=STRATEGY)
    service = fargate.service()
    assert service["capacityProviderStrategy"] == STRATEGY
    assert "launchType" not in service


def test_the_circuit_breaker_of_a_service_is_described(fargate: Any) -> None:
    breaker = {"enable": True, "rollback": True}
    fargate.create_service(
        launchType="FARGATE",
        enableECSManagedTags=True,
        deploymentConfiguration={"deploymentCircuitBreaker": breaker, "maximumPercent": 200},
    )
    service = fargate.service()
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == breaker
    assert service["enableECSManagedTags"] is True


def test_an_updated_strategy_is_described(fargate: Any) -> None:
    fargate.create_service(capacityProviderStrategy=STRATEGY)
    fargate.ecs.update_service(
        cluster=fargate.cluster, service="worker", capacityProviderStrategy=STRATEGY[:1], forceNewDeployment=True
    )
    service = fargate.service()
    assert service["capacityProviderStrategy"] == STRATEGY[:1]
    assert service["deployments"][0]["capacityProviderStrategy"] == STRATEGY[:1]
    assert "launchType" not in service

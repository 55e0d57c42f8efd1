from typing import Any

import pytest
from botocore.exceptions import ClientError

CLUSTER = {
    "Engine": "aurora-postgresql",
    "EngineVersion": "16.6",
    "MasterUsername": "owner",
    "ManageMasterUserPassword": True,
}


def test_no_statement_runs_where_the_data_api_is_off(clients: Any) -> None:
    cluster = clients("rds").create_db_cluster(DBClusterIdentifier="no-data-api", **CLUSTER)["DBCluster"]
    with pytest.raises(ClientError, match="HttpEndpointNotEnabledException"):
        clients("rds-data").execute_statement(
            resourceArn=cluster["DBClusterArn"], secretArn=cluster["MasterUserSecret"]["SecretArn"], sql="SELECT 1"
        )


@pytest.mark.parametrize("operation", ["execute_statement", "batch_execute_statement", "begin_transaction"])
def test_a_cluster_whose_database_does_not_run_is_unavailable(clients: Any, operation: str) -> None:
    cluster = clients("rds").create_db_cluster(
        DBClusterIdentifier=f"down-{operation.replace('_', '-')}", EnableHttpEndpoint=True, **CLUSTER
    )["DBCluster"]
    sql = {} if operation == "begin_transaction" else {"sql": "SELECT 1"}
    with pytest.raises(ClientError, match="DatabaseUnavailableException"):
        getattr(clients("rds-data"), operation)(
            resourceArn=cluster["DBClusterArn"], secretArn=cluster["MasterUserSecret"]["SecretArn"], **sql
        )


@pytest.mark.parametrize("operation", ["commit_transaction", "rollback_transaction"])
def test_a_transaction_that_nobody_began_is_not_found(clients: Any, operation: str) -> None:
    with pytest.raises(ClientError, match="TransactionNotFoundException"):
        getattr(clients("rds-data"), operation)(
            resourceArn="arn:aws:rds:eu-west-1:123456789012:cluster:any",
            secretArn="arn:aws:secretsmanager:eu-west-1:123456789012:secret:any-abcdef",
            transactionId="unknown",
        )

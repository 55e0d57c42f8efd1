import json
from typing import Any

import pytest

DENY_WITHOUT_TLS = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::films", "arn:aws:s3:::films/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def test_a_bucket_that_demands_tls_takes_objects_and_still_refuses_what_is_forbidden(clients: Any) -> None:
    s3 = clients("s3", "us-east-1")
    s3.create_bucket(Bucket="films")
    deny_delete = {**DENY_WITHOUT_TLS, "Action": "s3:DeleteObject"}
    del deny_delete["Condition"]
    policy = {"Version": "2012-10-17", "Statement": [DENY_WITHOUT_TLS, deny_delete]}
    s3.put_bucket_policy(Bucket="films", Policy=json.dumps(policy))
    s3.put_object(Bucket="films", Key="film", Body=b"film")
    assert s3.get_object(Bucket="films", Key="film")["Body"].read() == b"film"
    with pytest.raises(s3.exceptions.ClientError, match="403"):
        s3.delete_object(Bucket="films", Key="film")

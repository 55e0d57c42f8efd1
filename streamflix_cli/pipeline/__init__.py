"""The client side of a running pipeline: submitting videos, following and steering jobs, looking inside.

It knows a pipeline by its stack outputs and reaches it through AWS APIs alone, on AWS and on the local cloud alike.
"""

"""A local DynamoDB and SQS that count every request and every unit that AWS would bill.

Small, exact about conditions, and as fast as a dictionary: what it must be right about is what the adapters ask of it,
and the ports' contract suite runs against it (tests/integration/bench/test_endpoint.py).
"""

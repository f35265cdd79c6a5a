"""The messages between the Nomad Autoscaler and its plugins; ``*_pb2`` are made from the ``*.proto`` beside them.

Make them anew, in the repository's root: ``python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. simulacra/plugin/protocol/*.proto``
"""

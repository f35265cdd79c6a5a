# Rendered by simulacra: grid "example", what the program on every machine may do: read its orders and report
# nomad acl policy apply -namespace default -job simulacra-node simulacra-node node.hcl

namespace "default" {
  variables {
    path "nomad/jobs/simulacra-node/*" {
      capabilities = ["list", "read", "write"]
    }
  }
}

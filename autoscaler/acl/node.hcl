# Rendered by simulacra: grid "example", what the program on every machine may do: read orders, and report
# nomad acl policy apply -namespace default -job simulacra-node simulacra-node node.hcl

# no machine can order another about, or read what another reports
namespace "default" {
  variables {
    path "nomad/jobs/simulacra-node/orders/*" {
      capabilities = ["read"]
    }

    path "nomad/jobs/simulacra-node/reports/*" {
      capabilities = ["write"]
    }
  }
}

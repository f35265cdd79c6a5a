# Rendered by simulacra: grid "example", what a person may do who only looks: status, explain, log, costs, doctor, split, zones,
# peripherals, scale --dry-run, record
#   nomad acl policy apply simulacra-reader reader.hcl
#   nomad acl token create -name NAME -policy simulacra-reader

# what runs and what waits, wherever it was submitted
namespace "*" {
  capabilities = ["list-jobs", "read-job"]
}

# and the grid's memory: its journal, what machines report
namespace "default" {
  capabilities = ["list-jobs", "read-job"]

  variables {
    path "simulacra/*" {
      capabilities = ["read"]
    }

    path "nomad/jobs/simulacra-node/reports/*" {
      capabilities = ["read"]
    }
  }
}

# the machines, and which of them run servers
node {
  policy = "read"
}

# doctor: versions, clocks, whether access control is on
agent {
  policy = "read"
}

# how the scheduler counts
operator {
  policy = "read"
}

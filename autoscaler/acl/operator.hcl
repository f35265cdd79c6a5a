# Rendered by simulacra: grid "example", what a person may do who runs it: plan, run, wake, sleep, hold,
# peripherals discover, and all that a reader may
#   nomad acl policy apply simulacra-operator operator.hcl
#   nomad acl token create -name NAME -policy simulacra-operator
# Who may submit jobs may run anything as root on machines with raw_exec: give it to whom you would give root.

# what runs and what waits, wherever it was submitted
namespace "*" {
  capabilities = ["list-jobs", "read-job"]
}

# jobs, their counts, instances that are stopped to be placed anew, what `peripherals discover` has found; and the grid's memory: its
# journal, orders to machines, what machines report
namespace "default" {
  capabilities = ["list-jobs", "read-job", "submit-job", "alloc-lifecycle", "read-logs"]

  variables {
    path "simulacra/*" {
      capabilities = ["read", "write"]
    }

    path "nomad/jobs/simulacra-node/orders/*" {
      capabilities = ["read", "write"]
    }

    path "nomad/jobs/simulacra-node/reports/*" {
      capabilities = ["read"]
    }
  }
}

# draining, eligibility, labels; and which machines run servers
node {
  policy = "write"
}

# doctor: versions, clocks, whether access control is on
agent {
  policy = "read"
}

# how the scheduler counts
operator {
  policy = "read"
}

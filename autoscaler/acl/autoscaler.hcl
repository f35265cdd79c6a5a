# Rendered by simulacra: grid "example", what the Nomad Autoscaler with its plugins may do
# For an agent that is started by hand, with NOMAD_TOKEN:
#   nomad acl policy apply simulacra-autoscaler autoscaler.hcl
#   nomad acl token create -name simulacra-autoscaler -policy simulacra-autoscaler
# For the job:
#   nomad acl policy apply -namespace default -job simulacra-autoscaler simulacra-autoscaler autoscaler.hcl

# what runs and what waits, wherever it was submitted
namespace "*" {
  capabilities = ["list-jobs", "read-job"]
}

# policies in jobs, the counts of services that wait for the grid, instances that are stopped to be placed anew; and the grid's memory: its
# journal and the agents' lock, orders to machines, what machines report
namespace "default" {
  capabilities = ["list-jobs", "read-job", "scale-job", "alloc-lifecycle"]

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

# how the scheduler counts
operator {
  policy = "read"
}

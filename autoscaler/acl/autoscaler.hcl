# Rendered by simulacra: grid "example", what the Nomad Autoscaler with its plugins may do
# nomad acl policy apply simulacra-autoscaler autoscaler.hcl
# nomad acl token create -name simulacra-autoscaler -policy simulacra-autoscaler

# what runs and what waits, wherever it was submitted
namespace "*" {
  capabilities = ["list-jobs", "read-job"]
}

# policies in jobs, the counts of services that wait for the grid, and the grid's memory: its journal, its orders, the agents' lock
namespace "default" {
  capabilities = ["list-jobs", "read-job", "list-scaling-policies", "read-scaling-policy", "read-job-scaling", "scale-job"]

  variables {
    path "simulacra/*" {
      capabilities = ["list", "read", "write", "destroy"]
    }

    path "nomad/jobs/simulacra-node" {
      capabilities = ["list", "read", "write", "destroy"]
    }

    path "nomad/jobs/simulacra-node/*" {
      capabilities = ["list", "read", "write", "destroy"]
    }
  }
}

# draining, eligibility, labels
node {
  policy = "write"
}

# which machines run servers, and how the scheduler counts
agent {
  policy = "read"
}

operator {
  policy = "read"
}

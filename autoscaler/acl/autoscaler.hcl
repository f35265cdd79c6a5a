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

# policies in jobs, the counts of services that wait for the grid, instances that are stopped to be placed anew, and the grid's memory: its
# journal, its orders, the agents' lock
namespace "default" {
  capabilities = ["list-jobs", "read-job", "list-scaling-policies", "read-scaling-policy", "read-job-scaling", "scale-job", "alloc-lifecycle"]

  variables {
    path "simulacra/*" {
      capabilities = ["list", "read", "write"]
    }

    path "nomad/jobs/simulacra-node" {
      capabilities = ["list", "read", "write"]
    }

    path "nomad/jobs/simulacra-node/*" {
      capabilities = ["list", "read", "write"]
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

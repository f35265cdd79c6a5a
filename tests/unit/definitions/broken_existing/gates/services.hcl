service "own" {
  jobspec = "own.nomad.hcl"

  needs {
    machines = 2
  }
}

service "two" {
  jobspec = "two.nomad.hcl"

  needs { # ! a gate opens one group, and its job has 2 groups
    machines = 2
  }
}

service "unknown" {
  jobspec = "unknown.nomad.hcl"

  needs { # ! a gate opens one group, and its job has groups that only Nomad can count
    machines = 2
  }
}

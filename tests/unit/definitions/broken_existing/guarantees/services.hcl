service "web" {
  jobspec   = "web.nomad.hcl"
  zones     = "each"
  run_twice = true
}

service "ruled" {
  jobspec = "ruled.nomad.hcl"
  zones   = 2
}

service "counted" {
  jobspec = "counted.nomad.hcl"
  count   = 3
}

service "loose" {
  jobspec = "loose.nomad.hcl"
  zones   = ["attic"] # ! `zones` is about a group, and its job has a task without one at line 2
  count   = 1         # ! `count` is about a group
}

service "agents" {
  jobspec = "agents.nomad.hcl"
  count   = 2 # ! a system job runs on every machine that fits: remove `count`
}

service "nightly" {
  jobspec = "nightly.nomad.hcl"
  moves   = "any" # ! batch work is never moved
}

service "many" {
  jobspec = "many.nomad.hcl"
  zones   = 5 # ! asks for 5 zones, but machines stand in 2 zones only
}

service "beside" {
  jobspec = "beside.nomad.hcl"
  zones   = "each" # ! `zones` is about a group, and its job has a task without one at line 5
}

service "cron" {
  jobspec = "cron.nomad.hcl"
}

service "wrong" {
  jobspec = "wrong.nomad.hcl"
}

service "everywhere" {
  jobspec = "everywhere.nomad.hcl"
  zones   = "each"
}

service "marked" {
  jobspec = "marked.nomad.hcl"
}

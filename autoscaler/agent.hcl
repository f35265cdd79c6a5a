# Rendered by simulacra: grid "example", the configuration of the Nomad Autoscaler's agent
# Change the definitions, not this file. Run it, in the folder that the grid's folder stands in:
#   nomad-autoscaler agent -config autoscaler/agent.hcl
# A second -config wins over this one; so does -nomad-address. Token, CA and certificates come from NOMAD_TOKEN, NOMAD_CACERT ...

plugin_dir = "autoscaler/plugins"

# its health, at /v1/health
http {
  bind_address = "127.0.0.1"
  bind_port    = 4690
}

policy {
  dir = "autoscaler/policies"
}

# how many machines should be on; also: on, waiting, watts, headroom/cpu, headroom/memory, gate/SERVICE
apm "simulacra-apm" {
  driver = "simulacra-apm"
}

# which ones
target "simulacra-target" {
  driver = "simulacra-target"
}

# where several agents run, the one that holds this lock steers: autoscaler { count = 2 } in the grid's definition
high_availability {
  enabled        = false
  lock_namespace = "default"
  lock_path      = "simulacra/autoscaler"
  lock_ttl       = "10s"
  lock_delay     = "1s"
}

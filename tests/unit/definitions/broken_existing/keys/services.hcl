service "plex" {
  jobspec  = "jobs/plex.nomad.hcl"
  type     = "service" # ! `type` stands in its jobspec: remove it here
  priority = 70

  description = "Films"

  vars = { # ! its jobspec declares no variable "imgae". Did you mean 'image'?
    imgae = "plex"
  }

  driver "docker" { # ! `driver` stands in its jobspec: remove it here
    image = "plex"
  }

  resources { # ! `resources` stands in its jobspec: remove it here
    memory = 100
  }

  port "http" {} # ! `port` stands in its jobspec: remove it here

  group { # ! `group` stands in its jobspec: remove it here
    ephemeral_disk {}
  }
}

service "gone" {
  jobspec = "jobs/gone.nomad.hcl" # ! jobs/gone.nomad.hcl: No such file or directory: correct `jobspec`
}

service "folder" {
  jobspec = "jobs" # ! Is a directory: correct `jobspec`
}

service "values" {
  jobspec   = "jobs/values.nomad.hcl"
  var_files = ["jobs/values.vars.hcl", "jobs/nowhere.vars.hcl"] # ! jobs/nowhere.vars.hcl: No such file or directory: correct `var_files`
}

service "list" {
  jobspec = "jobs/values.nomad.hcl"
  vars    = { zones = ["a"] } # ! a list or a map is written as a string, as for `nomad job run -var`
}

service "alone" {
  var_files = ["jobs/values.vars.hcl"] # ! `var_files` are for a `jobspec` of your own

  driver "docker" {
    image = "alone"
  }
}

service "idle" {
  vars = { a = 1 } # ! `vars` are for a `jobspec` or a `template` of your own

  driver "docker" {
    image = "idle"
  }
}

service "simulacra-node" { # ! the grid itself runs a job of that name
  jobspec = "jobs/node.nomad.hcl"
}

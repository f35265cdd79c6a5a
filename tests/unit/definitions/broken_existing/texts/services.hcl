job "among" { # ! `job` isn't a definition. It looks like a jobspec: name the file *.nomad.hcl
  group "among" {}
}

service "syntax" {
  jobspec = "syntax.nomad.hcl"
}

service "two" {
  jobspec = "two.nomad.hcl"
}

service "nameless" {
  jobspec = "nameless.nomad.hcl"
}

service "metas" {
  jobspec = "metas.nomad.hcl"
}

service "dynamic" {
  jobspec = "dynamic.nomad.hcl"
}

service "json" {
  jobspec = "json.nomad.hcl"
}

service "group" {
  jobspec = "group.nomad.hcl"
}

service "objects" {
  jobspec = "objects.nomad.hcl"
}

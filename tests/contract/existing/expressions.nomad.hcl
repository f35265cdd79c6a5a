variables {
  env   = "prod"
  hosts = [{ name = "a", port = 1 }, { name = "b", port = 2 }]
  debug = false
}

job "expressions" {
  datacenters = var.env == "prod" ? ["home", "office"] : ["lab"]
  all_at_once = !var.debug && (var.env != "x" || false)

  group "e" {
    count          = var.env == "prod" ? 1 : 3
    shutdown_delay = "${5 + 1}s"

    task "t" {
      driver = "raw_exec"
      config {
        command = "echo"
        args = [
          (var.hosts[*].name)[0],
          element(var.hosts.*.name, 1),
          "${var.hosts[0]["name"]}:${var.hosts[0].port}",
          join(" ", [for i, h in var.hosts : "${i}=${h.name}" if h.port > 1]),
          "%{ if var.debug }--debug%{ else }--quiet%{ endif }",
          "%{ for h in var.hosts ~} ${h.name} %{ endfor ~}",
          "${"nested ${"strings ${var.env}"}"}",
          "$${NOT_HCL} and %%{neither}",
          (1 + 2) * 3 % 4 == 1 ? "one" : "other",
          -(1) < 0 ? "minus" : "plus",
        ]
      }
      env = { for h in var.hosts : upper(h.name) => "${h.port}" }
      meta = {
        for h in var.hosts :
        h.name => h.port
        if true
      }
      leader       = true
      kill_timeout = "${60}s"
      resources {
        cpu    = 100 * length(var.hosts)
        memory = 64 + 2 * 32
      }
    }
  }
}

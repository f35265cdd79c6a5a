grid "names" {}

service "web" {
  driver "docker" {
    image = "caddy:${var.version}" # ! `var.version` is a variable of a jobspec
    args  = ["--", local.args, attr.kernel.name, env["HOME"]] # ! `local.args` is a local value of a jobspec

    labels {
      anything = "at all"
    }
  }

  resources {
    cpu = 100

    devise "nvidia/gpu" {} # ! no block `devise` in `resources`. Did you mean 'device'?

    device "nvidia/gpu" {
      counts = 1 # ! no key `counts` in `device`. Did you mean 'count'?
    }
  }

  port "http" {
    check {
      type   = "http"
      path   = "/${var.path}" # ! `var.path`
      intrvl = "10s"          # ! no key `intrvl` in `check`. Did you mean 'interval'?

      header {
        X-Any = ["${NOMAD_ADDR_http}"]
      }
    }
  }

  job {
    node_pool   = "default"
    all_at_onse = true # ! no key `all_at_onse` in `job`. Did you mean 'all_at_once'?

    meta {
      var   = "${node.unique.name} $${var.x}"
      local = "local.x"
    }

    periodic = {} # ! `periodic` in `job` is a block: write `periodic { … }`
  }

  group {
    ephemeral_dsk { # ! no block `ephemeral_dsk` in `group`. Did you mean 'ephemeral_disk'?
      size = 5
    }

    shutdown_delay { # ! `shutdown_delay` in `group` is an attribute: write `shutdown_delay = …`
    }

    network {
      mode = "${var["mode"]}" # ! `var` is a variable of a jobspec
      dnss {                  # ! no block `dnss` in `network`. Did you mean 'dns'?
      }
    }

    service {
      connect {
        sidecar_service {
          proxy {
            connect_timeout = "5s" # ! no key `connect_timeout` in `proxy`
          }
        }

        gateway {
          proxy {
            connect_timeout = "5s"
            upstreams {} # ! no block `upstreams` in `proxy`
          }
        }
      }
    }
  }

  task "web" {
    env = {
      A = "${NOMAD_META_local}" # var.nothing
    }

    template {
      destination = "local/x"
      change_mod  = "noop" # ! no key `change_mod` in `template`. Did you mean 'change_mode'?
      data        = <<-EOF
        {{ env "x" }} $${var.y}
        ${meta.var.x}
      EOF
    }

    dynamic "volume_mount" {
      for_each = ["a"]
      iterator = it
      labels   = []

      content {
        volume    = it.value
        read_onli = true # ! no key `read_onli` in `volume_mount`. Did you mean 'read_only'?
      }

      contents = 1 # ! a `dynamic` block takes `for_each`, `iterator`, `labels` and a block `content`, not `contents`
    }

    dynamic "artefact" { # ! no block `artefact` in `task`. Did you mean 'artifact'?
      for_each = []
      content {}
    }
  }
}

# Rendered by simulacra: grid "example", the proxy of printer
# Change their definitions, not this file. Run it: simulacra run proxy-attic

job "proxy-attic" {
  type = "service"

  ui {
    description = "Brings what can't join the grid onto the overlay: printer."
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.proxy-attic"
  }

  group "proxy" {
    count = 1

    # only in these zones
    constraint {
      attribute = "${meta.simulacra_zone}"
      operator  = "set_contains_any"
      value     = "attic"
    }

    # not where it is known that some of them aren't reached, and another machine reaches more
    constraint {
      attribute = "${meta.simulacra_misses_proxy_attic}"
      operator  = "is_not_set"
    }

    # rather where a machine is on anyway, then where it costs few watts: sleepers stay free to sleep
    affinity {
      attribute = "${meta.simulacra_watts}"
      operator  = "="
      value     = "0"
      weight    = 100
    }

    affinity {
      attribute = "${meta.simulacra_watts}"
      operator  = "<="
      value     = "20"
      weight    = 50
    }

    # during a netsplit each side may run its own; after it the first one stays
    disconnect {
      lost_after = "6h"
      replace    = true
      reconcile  = "keep_original"
    }

    # it comes up whether the devices are well or not
    update {
      max_parallel      = 1
      health_check      = "task_states"
      min_healthy_time  = "2s"
      progress_deadline = "8760h"
    }

    migrate {
      health_check     = "task_states"
      min_healthy_time = "2s"
    }

    # it never gives up
    restart {
      attempts = 3
      interval = "1m"
      delay    = "2s"
      mode     = "delay"
    }

    # it still serves those who have its address, while they are told another
    shutdown_delay = "8s"

    network {
      port "health" {
        static       = 13468
        host_network = "overlay"
      }

      # printer, ipp: http to 192.168.1.50 port 631
      port "p19631" {
        static       = 19631
        host_network = "overlay"
      }
    }

    service {
      name     = "printer"
      port     = "p19631"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}", "peripheral"]

      check {
        type     = "http"
        port     = "health"
        path     = "/printer"
        interval = "5s"
        timeout  = "3s"
      }
    }

    task "haproxy" {
      driver       = "raw_exec"
      kill_signal  = "SIGUSR1" # what is open is still served for a little; a new one here waits for that
      kill_timeout = "5s"

      config {
        command = "haproxy"
        args    = ["-W", "-f", "local/haproxy.cfg"]
      }

      env {
        PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
      }

      resources {
        cpu    = 100
        memory = 96
      }

      template {
        destination     = "local/haproxy.cfg"
        change_mode     = "signal"
        change_signal   = "SIGUSR2"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
global
  maxconn 4096
  # once it listens it is nobody
  uid 65534
  gid 65534
  nbthread 2
  no strict-limits
  # who is connected stays so when it is told of something new, for so many times
  mworker-max-reloads 10

defaults
  mode tcp
  timeout connect 3s
  timeout client 1h
  timeout server 1h
  timeout http-request 30s
  timeout check 2s
  default-server fall 3 rise 2

# /NAME is 200 while that device is well
frontend health
  mode http
  bind "$${NOMAD_IP_health}:13468"
  http-request set-var(txn.well) path,field(2,/),nbsrv
  http-request return status 200 content-type text/plain string "well\n" if { var(txn.well) -m int gt 0 }
  http-request return status 503 content-type text/plain string "the device doesn't answer\n"

frontend on-printer
  mode http
  bind "$${NOMAD_IP_health}:19631"
  default_backend printer

backend printer
  mode http
  server device 192.168.1.50:631 check inter 2000ms
END_OF_FILE
      }
    }
  }
}

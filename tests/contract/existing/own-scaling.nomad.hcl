job "own-scaling" {
  datacenters = ["home"]
  group "web" {
    count = 2
    scaling {
      enabled = true
      min     = 1
      max     = 6
      policy {
        cooldown            = "1m"
        evaluation_interval = "30s"
        check "cpu" {
          source = "prometheus"
          query  = "avg(rate(container_cpu{group=\"web\"}[2m]))"
          strategy "target-value" {
            target = 70
          }
        }
        target "nomad" {
          Group = "web"
        }
      }
    }
    task "web" {
      driver = "docker"
      config {
        image = "nginx:1.27"
      }
      scaling "cpu" {
        enabled = true
        max     = 500
        policy {
          cooldown = "24h"
          strategy "app-sizing-percentile" {
            percentile = "95"
          }
        }
      }
      scaling "mem" {
        max = 512
        policy {
          cooldown = "24h"
        }
      }
    }
  }
}

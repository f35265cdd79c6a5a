job "pihole" {
  datacenters = ["home", "office"]
  type = "service"
  update { max_parallel = 1 }

  group "dns" {
    count = 2
    constraint { distinct_hosts = true }

    network {
      port "dns" {
        static = 53
        to     = 53
      }
      port "ui" { to = 80 }
      dns {
        servers  = ["9.9.9.9", "149.112.112.112"]
        searches = ["lan.example"]
        options  = ["ndots:2"]
      }
    }

    task "pihole" {
      driver = "docker"
      config {
        image   = "pihole/pihole:2024.07.0"
        ports   = ["dns", "ui"]
        cap_add = ["net_admin"]
      }
      env = {
        "TZ"             = "Europe/Amsterdam"
        "WEBPASSWORD"    = "changeme"
        "PIHOLE_DNS_"    = "9.9.9.9;149.112.112.112"
        "DNSMASQ_LISTENING" = "all"
      }
      service {
        name = "dns"
        port = "dns"
        provider = "nomad"
        check {
          type = "tcp"
          interval = "10s"
          timeout = "1s"
        }
      }
      resources { memory = 192 }
    }
  }
}

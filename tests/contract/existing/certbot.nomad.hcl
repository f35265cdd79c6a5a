variables {
  email   = "me@example.org"
  domains = ["example.org", "www.example.org"]
  staging = false
}

locals {
  flags = concat(
    ["certonly", "--non-interactive", "--agree-tos"],
    var.staging ? ["--staging"] : [],
    flatten([for d in var.domains : ["-d", d]]),
  )
}

job "certbot" {
  datacenters = ["hosting"]
  type        = "batch"

  periodic {
    cron = "@weekly"
  }

  group "certbot" {
    task "renew" {
      driver = "docker"
      config {
        image = "certbot/certbot:v2.11.0"
        args  = concat(local.flags, ["--email", var.email])
        mounts = [
          {
            type   = "bind"
            source = "/srv/letsencrypt"
            target = "/etc/letsencrypt"
          }
        ]
      }
    }
  }
}

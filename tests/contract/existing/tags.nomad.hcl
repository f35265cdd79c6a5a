job "tags" {
  datacenters = ["home"]
  type        = "service"
  group "tags" {
    count = 1
    network {
      port "http" { to = 8080 }
    }
    service {
      name = "tags-${NOMAD_ALLOC_INDEX}"
      port = "http"
      provider = "nomad"
      tags = concat([
        "traefik.enable=true",
        "traefik.http.routers.tags.rule=Host(`tags.lan`) && PathPrefix(`/{id:[0-9]+}`)",
      ], [for n in ["a", "b"] : "alias=${n}"])
    }
    task "tags" {
      driver = "podman"
      config {
        image = "docker.io/library/httpd:2.4"
        ports = ["http"]
        tmpfs = ["/tmp"]
      }
    }
  }
}

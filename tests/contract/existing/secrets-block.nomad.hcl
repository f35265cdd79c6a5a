job "secrets-block" {
  datacenters = ["home"]

  secret "license" {
    provider = "nomad"
    path     = "nomad/jobs/secrets-block/license"
    config {
      namespace = "default"
    }
  }

  group "app" {
    task "app" {
      driver = "docker"

      secret "api" {
        provider = "onepassword" # a plugin of the house
        path     = "api"
        env {
          TOKEN_FORMAT = "raw"
        }
      }

      config {
        image = "registry.example/app:1"
      }

      env {
        API_KEY = "${secret.api.key}"
        LICENSE = "${secret.license.text}"
      }

      template {
        destination = "local/app.conf"
        data        = "key = ${secret.api.key}\n"
      }
    }
  }
}

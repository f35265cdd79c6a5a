variable "files" {
  type    = map(string)
  default = {
    "app.ini"  = "[group]\nname = {{ env \"NOMAD_GROUP_NAME\" }}\n"
    "motd.txt" = "hello }\n"
  }
}

job "many-templates" {
  datacenters = ["home"]
  type        = "service"

  group "app" {
    task "app" {
      driver = "exec"
      config {
        command = "app"
        args    = ["--config", "local/app.ini"]
      }

      dynamic "template" {
        for_each = var.files
        content {
          destination = "local/${template.key}"
          data        = template.value
        }
      }

      dynamic "template" {
        for_each = ["x.hcl", "y.hcl"]
        iterator = each
        content {
          destination = "local/${each.value}"
          data        = <<-EOT
            group "${each.value}" {
              count = {{ env "NOMAD_ALLOC_INDEX" }}
            }
          EOT
        }
      }

      dynamic "artifact" {
        for_each = ["https://example.org/a.tar.gz", "https://example.org/b.tar.gz"]
        content {
          source = artifact.value
        }
      }
    }
  }
}

variable "name" {
  type    = string
  default = "World"
}
variable "replicas" {
  type    = number
  default = 2
}
variable "labels" {
  type    = map(string)
  default = { team = "house" }
}

locals {
  upper    = upper(var.name)
  config   = jsonencode({ group = { x = 1 }, list = [1, "two", true, null] })
  yaml     = yamlencode({ a = ["b"], c = { d = "e" } })
  merged   = merge(var.labels, { name = lower(local.upper) })
  subnet   = cidrsubnet("10.0.0.0/8", 8, 3)
  digest   = substr(sha256(local.config), 0, 8)
  text     = format("%s has %d of %v", var.name, var.replicas, join(",", sort(keys(var.labels))))
  safe     = try(var.labels.nobody, lookup(var.labels, "team", "none"))
  files    = can(file("app.conf")) ? "with files" : "without"
  padded   = [for n in range(var.replicas) : format("%03d", n)]
  zipped   = zipmap(["a", "b"], [1, 2])
}

job "functions" {
  datacenters = [for dc in split(",", "home,office") : trimspace(dc)]
  priority    = min(100, max(1, 40 + 10))

  meta = merge(local.merged, {
    digest = local.digest
    text   = local.text
  })

  group "f" {
    count = ceil(var.replicas / 3) + 1

    task "t" {
      driver = "raw_exec"
      config {
        command = "echo"
        args    = flatten([local.padded, [local.subnet, local.safe, local.files], values(local.zipped)])
      }
      env {
        CONFIG  = local.config
        BASE64  = base64encode(local.yaml)
        NUMBER  = parseint("ff", 16)
        REGEX   = regex_replace("a.b.c", "\\.", "-")
        INDENT  = indent(2, "a\nb")
        ELEMENT = element(["x", "y"], 3)
        DEC     = jsondecode("{\"k\": [1, 2]}").k[1]
        UUID    = uuidv5("dns", "example.org")
        TIME    = timeadd("2024-01-01T00:00:00Z", "1h")
      }
    }
  }
}

job "meta-dynamic" {
  dynamic "meta" {
    for_each = [{ team = "house" }]
    content {
      team = meta.value.team
    }
  }
  group "g" {
    dynamic "meta" {
      for_each = ["b"]
      content {
        a = meta.value
      }
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}

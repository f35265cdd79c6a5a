job "byte-order-mark" {
  datacenters = ["home"]

  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
      env {
        GREETING = "Grüß Gott, 世界"
      }
    }
  }
}

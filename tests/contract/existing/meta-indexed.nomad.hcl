job "meta-indexed" {
  meta = { prod = { stage = "prod", node = "${node.unique.name}" }, test = { stage = "test", node = "" } }["prod"]
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}

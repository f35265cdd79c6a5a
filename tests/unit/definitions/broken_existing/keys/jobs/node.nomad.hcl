job "simulacra-node" {
  group "node" {}
}

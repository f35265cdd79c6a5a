shards = {
  a = {
    count  = 1
    memory = 256
  }
  b = {
    count  = 1
    memory = 512
  }
}

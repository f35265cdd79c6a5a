job "one-line-job" { datacenters = ["dc1"] }

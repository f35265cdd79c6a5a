job "empty-job" {}

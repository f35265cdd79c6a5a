cloud "burst" {
  provider       = "EC2"
  region         = "eu-west-1"
  zone           = "hosting"
  tier           = "server"
  sizes          = ["t3.small", "t3.medium"]
  image          = "ami-03cf127a"
  max            = 3
  monthly_budget = 20
}

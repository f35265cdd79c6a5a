job "syntax" {
  type = "service" priority = 3 # ! 
}

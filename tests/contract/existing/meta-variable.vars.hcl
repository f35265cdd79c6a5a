# one of them, in the manner of a file for -var-file
meta = {
  team  = "house"
  floor = 2
}

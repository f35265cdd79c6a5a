type  = "batch"
count = 3

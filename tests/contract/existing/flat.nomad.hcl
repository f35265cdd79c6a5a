job "flat" {
datacenters = ["home"]
meta {
a = "b"
}
group "g" {
count = 1
task "t" {
driver = "raw_exec"
config {
command = "true"
}
}
}
group "h" {
task "t" {
driver = "raw_exec"
config {
command = "true"
}
}
}
}

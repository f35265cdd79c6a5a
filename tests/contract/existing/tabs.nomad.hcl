job	"tabs"	{
	datacenters	= ["home"]

	meta	{
		a	= "b"
	}

	group	"g"	{
		count	= 1

		task	"t"	{
			driver	= "exec"
			config	{
				command	= "cat"
				args	= [
					"local/a",
				]
			}
			template	{
				destination	= "local/a"
				data	= <<-EOT
					tabbed {
						more
					}
				EOT
			}
		}
	}
}

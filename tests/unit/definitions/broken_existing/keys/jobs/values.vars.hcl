image = "x"
group "x" {} # ! `group` is a block, and a file of variables holds values only

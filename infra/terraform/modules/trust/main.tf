# Who may assume the responder's roles, as trust policies: one for each place in which it runs. Apart from the modules of
# these places, because the roles have to be there before them.

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_caller_identity" "here" {}

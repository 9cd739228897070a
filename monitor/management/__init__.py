"""Commands for people and processes: they read arguments, call a feature and print.

They decide nothing; whoever has a shell here has every right, unless `--as` names an account.
"""

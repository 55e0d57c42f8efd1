"""The local cloud's ECS agent and EventBridge Scheduler: runs deployed tasks as processes of this machine.

Its files lie in `ecs/` in the cloud's folder. What is other than on Fargate stands in `substitutions`; beyond that
a task's CPU and memory are not limited, its root file system is not read-only, and its roles are not checked.
"""

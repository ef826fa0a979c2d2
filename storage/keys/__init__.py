"""Every key and channel of Redis, with its hash tag and its bound; nowhere else is one spelled.

The hash tag of a tenant's keys is the organisation, so that one script may touch them all on a cluster.
"""

from storage.keys.base import *
from storage.keys.channels import *
from storage.keys.coaching import *
from storage.keys.commands import *
from storage.keys.detected import *
from storage.keys.devices import *
from storage.keys.downtime import *
from storage.keys.entities import *
from storage.keys.operators import *
from storage.keys.posted import *
from storage.keys.recipes import *
from storage.keys.records import *
from storage.keys.timeline import *

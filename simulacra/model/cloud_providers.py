"""The compute providers: those that libcloud knows, and what is known of those whose servers simulacra can name and find again."""

from __future__ import annotations

from dataclasses import dataclass

LIBCLOUD = (
    "ABIQUO", "ALIYUN_ECS", "AURORACOMPUTE", "AZURE", "AZURE_ARM", "BRIGHTBOX", "CLOUDSCALE", "CLOUDSIGMA", "CLOUDSTACK",
    "DIGITAL_OCEAN", "DIMENSIONDATA", "DUMMY", "EC2", "EQUINIXMETAL", "EUCALYPTUS", "EXOSCALE", "GANDI", "GCE", "GIG_G8", "GRIDSCALE",
    "IKOULA", "INTERNETSOLUTIONS", "KAMATERA", "KTUCLOUD", "KUBEVIRT", "LIBVIRT", "LINODE", "MAXIHOST", "NIMBUS", "NTTA", "NTTCIS",
    "ONAPP", "OPENNEBULA", "OPENSTACK", "OUTSCALE", "OUTSCALE_INC", "OUTSCALE_SAS", "OVH", "RACKSPACE", "RACKSPACE_FIRST_GEN",
    "RIMUHOSTING", "SCALEWAY", "TERREMARK", "UPCLOUD", "VCL", "VCLOUD", "VPSNET", "VSPHERE", "VULTR",
)  # fmt: skip
"""The names of libcloud's compute drivers. Source: ``libcloud.compute.types.Provider``, those with a driver."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider whose servers can be tagged as they are created. ``key``, ``secret`` and ``token`` are the environment's variables
    that its own tools read; ``secret`` and ``token`` None where it has none, and a token is never needed. ``priced``: it tells what an
    hour costs, in US dollars. ``token_repeats``: a creation that is asked for again makes no second server.
    """

    name: str
    key: str
    secret: str | None = None
    token: str | None = None
    priced: bool = True
    needs_region: bool = True
    token_repeats: bool = False


SUPPORTED = {
    it.name: it
    for it in (
        Provider("DIGITAL_OCEAN", "DIGITALOCEAN_TOKEN"),
        Provider("EC2", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", token_repeats=True),
        Provider("LINODE", "LINODE_TOKEN"),
        Provider("OPENSTACK", "OS_USERNAME", "OS_PASSWORD", priced=False, needs_region=False),
    )
}
"""By name: the providers that simulacra can rent from."""

PRICES_IN = "USD"
"""The currency of what providers tell."""

"""What Nomad's parser takes where in a jobspec, as of Nomad 1.11.

Source: nomad's ``jobspec2`` and the ``hcl`` tags of the types in its ``api``; a test holds it against a real Nomad.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ANYTHING = "anything"
"""The kind of blocks whose content is others' own: a task driver's, a map of the user's."""


@dataclass(frozen=True, slots=True)
class Stanza:
    """What stands in one kind of block: attributes by name, and blocks with the kind that each is of."""

    keys: frozenset[str] = frozenset()
    blocks: Mapping[str, str] = field(default_factory=dict)


def _stanza(keys: str = "", blocks: str = "", free: str = "", **other: str) -> Stanza:
    """``blocks`` are of the kind that they are called, those that are ``free`` hold anything, ``other`` are of another kind."""
    return Stanza(frozenset(keys.split()), {it: it for it in blocks.split()} | dict.fromkeys(free.split(), ANYTHING) | other)


_MATCHES = "attribute operator value version semver regexp set_contains set_contains_all set_contains_any"

GRAMMAR: Mapping[str, Stanza] = {
    "job": _stanza(
        "all_at_once datacenters id meta name namespace node_pool priority region type",
        "affinity constraint group migrate multiregion parameterized periodic reschedule secret spread task ui update vault",
        "meta",
    ),
    "group": _stanza(
        "count max_client_disconnect meta prevent_reschedule_on_lost shutdown_delay stop_after_client_disconnect",
        "affinity constraint consul disconnect ephemeral_disk migrate network reschedule restart scaling secret service spread task update"
        " vault volume",
        "meta",
    ),
    "task": _stanza(
        "driver env kill_signal kill_timeout kind leader meta shutdown_delay user",
        "action affinity artifact constraint consul csi_plugin dispatch_payload identity lifecycle logs resources restart scaling schedule"
        " secret service template vault volume_mount",
        "config env meta",
    ),
    "action": _stanza("args command"),
    "affinity": _stanza(f"{_MATCHES} weight"),
    "artifact": _stanza("chown destination insecure mode source", free="headers options"),
    "change_script": _stanza("args command fail_on_error timeout"),
    "check": _stanza(
        "address_mode advertise args body command expose failures_before_critical failures_before_warning grpc_service grpc_use_tls"
        " initial_status interval method name notes on_update path port protocol success_before_passing task timeout tls_server_name"
        " tls_skip_verify type",
        "check_restart",
        "header",
    ),
    "check_restart": _stanza("grace ignore_warnings limit"),
    "cni": _stanza("args"),
    "connect": _stanza("native", "gateway sidecar_service sidecar_task"),
    "constraint": _stanza(f"{_MATCHES} distinct_hosts distinct_property is_not_set is_set"),
    "consul": _stanza("cluster namespace partition"),
    "cron": _stanza("end start timezone"),
    "csi_plugin": _stanza("health_timeout id mount_dir stage_publish_base_dir type"),
    "device": _stanza("count", "affinity constraint"),
    "disconnect": _stanza("lost_after reconcile replace stop_on_client_after"),
    "dispatch_payload": _stanza("file"),
    "dns": _stanza("options searches servers"),
    "envoy_gateway_bind_addresses": _stanza("address port"),
    "ephemeral_disk": _stanza("migrate size sticky"),
    "expose": _stanza(blocks="path"),
    "gateway": _stanza(blocks="ingress mesh terminating", proxy="gateway's proxy"),
    "gateway's proxy": _stanza(
        "connect_timeout envoy_dns_discovery_type envoy_gateway_bind_tagged_addresses envoy_gateway_no_default_bind",
        "envoy_gateway_bind_addresses",
        "config",
    ),
    "headers of ingress": _stanza("remove", free="add set"),
    "identity": _stanza("aud change_mode change_signal env file filepath name service_name ttl"),
    "ingress": _stanza(blocks="listener tls"),
    "lifecycle": _stanza("hook sidecar"),
    "link": _stanza("label url"),
    "listener": _stanza("port protocol", service="service of ingress"),
    "logs": _stanza("disabled enabled max_file_size max_files"),
    "mesh": _stanza(),
    "mesh_gateway": _stanza("mode"),
    "migrate": _stanza("health_check healthy_deadline max_parallel min_healthy_time"),
    "mount_options": _stanza("fs_type mount_flags"),
    "multiregion": _stanza(blocks="region strategy"),
    "network": _stanza("cidr device hostname ip mbits mode", "cni dns port", reserved_ports="port"),
    "numa": _stanza("affinity devices"),
    "parameterized": _stanza("meta_optional meta_required payload"),
    "path": _stanza("listener_port local_path_port path protocol"),
    "periodic": _stanza("cron crons enabled prohibit_overlap time_zone"),
    "port": _stanza("host_network ignore_collision static to"),
    "proxy": _stanza("local_service_address local_service_port", "expose transparent_proxy upstreams", "config"),
    "region": _stanza("count datacenters node_pool", free="meta"),
    "reschedule": _stanza("attempts delay delay_function interval max_delay unlimited"),
    "resources": _stanza("cores cpu disk iops memory memory_max secrets", "device network numa"),
    "restart": _stanza("attempts delay interval mode render_templates"),
    "scaling": _stanza("enabled max min type", free="policy"),
    "schedule": _stanza(blocks="cron"),
    "sds": _stanza("cert_resource cluster_name"),
    "secret": _stanza("path provider", free="config env"),
    "service": _stanza(
        "address address_mode canary_tags cluster enable_tag_override kind name on_update port provider tags task",
        "check check_restart connect identity weights",
        "canary_meta meta tagged_addresses",
    ),
    "service of ingress": _stanza(
        "hosts max_concurrent_requests max_connections max_pending_requests name",
        "tls",
        request_headers="headers of ingress",
        response_headers="headers of ingress",
    ),
    "service of terminating": _stanza("ca_file cert_file key_file name sni"),
    "sidecar_service": _stanza("disable_default_tcp_check port tags", "proxy", "meta"),
    "sidecar_task": _stanza(
        "driver kill_signal kill_timeout name shutdown_delay user", "identity logs resources volume_mount", "config env meta"
    ),
    "spread": _stanza("attribute weight", "target"),
    "strategy": _stanza("max_parallel on_failure"),
    "target": _stanza("percent"),
    "template": _stanza(
        "change_mode change_signal data destination env error_on_missing_key gid left_delimiter once perms right_delimiter source splay uid"
        " vault_grace",
        "change_script wait",
    ),
    "terminating": _stanza(service="service of terminating"),
    "tls": _stanza("cipher_suites enabled tls_max_version tls_min_version", "sds"),
    "transparent_proxy": _stanza(
        "exclude_inbound_ports exclude_outbound_cidrs exclude_outbound_ports exclude_uids no_dns outbound_port uid"
    ),
    "ui": _stanza("description", "link"),
    "update": _stanza(
        "auto_promote auto_revert canary health_check healthy_deadline max_parallel min_healthy_time progress_deadline stagger"
    ),
    "upstreams": _stanza(
        "datacenter destination_name destination_namespace destination_partition destination_peer destination_type local_bind_address"
        " local_bind_port local_bind_socket_mode local_bind_socket_path",
        "mesh_gateway",
        "config",
    ),
    "vault": _stanza("allow_token_expiration change_mode change_signal cluster disable_file env namespace policies role"),
    "volume": _stanza("access_mode attachment_mode per_alloc read_only source sticky type", "mount_options"),
    "volume_mount": _stanza("destination propagation_mode read_only selinux_label volume"),
    "wait": _stanza("max min"),
    "weights": _stanza("passing warning"),
}
"""Every kind of block, by its name; what is called the same elsewhere and takes something else has a name that says where it stands."""

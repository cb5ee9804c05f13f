"""Who else declares an object and would put it back: Argo CD, Flux, Helm, or an operator. Pure."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

OWNER: Final = "owner"  # key of a preview's data
CHANGES: Final = "changes"  # key of a preview's data: a list of FieldChange
Controller = Literal["argocd", "flux", "helm", "operator"]

_TITLES: Final[dict[Controller, str]] = {
    "argocd": "Argo CD",
    "flux": "Flux",
    "helm": "Helm",
    "operator": "an operator",
}


class GitOpsOwner(BaseModel):
    """What declares an object. `name` is the application, kustomization, release or owning object; `evidence` the
    label, annotation or field manager that says so."""

    model_config = ConfigDict(frozen=True)

    controller: Controller
    name: str = ""
    evidence: str

    @property
    def release(self) -> str:
        """The Helm release; empty where it is none."""
        return self.name if self.controller == "helm" else ""

    @property
    def applier(self) -> str:
        """The Application of Argo CD, or the Kustomization or HelmRelease of Flux; empty where none is known."""
        return self.name if self.controller in ("argocd", "flux") else ""

    def __str__(self) -> str:
        title = _TITLES[self.controller]
        return f"{title} ({self.name})" if self.name else title

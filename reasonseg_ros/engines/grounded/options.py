# SPDX-License-Identifier: Apache-2.0
"""What a user chooses about engine `grounded`: words like "resolver=server resolver_url=http://...".

Values only; what they lead to is in `engines.grounded.loading`.
"""

from dataclasses import dataclass, fields

from reasonseg_ros.core.errors import BadRequest

RULES, SERVER, LOCAL = 'rules', 'server', 'local'
ON, OFF = 'on', 'off'
WHOLE, PHRASES = 'whole', 'phrases'
CHOICES = {'resolver': (RULES, SERVER, LOCAL), 'resolver_image': (ON, OFF), 'verify': (ON, OFF),
           'embedded': (WHOLE, PHRASES)}


@dataclass(frozen=True)
class GroundedOptions:
    """Choices about the resolver and the segmenter.

    resolver        RULES: the grammar alone; SERVER: at `resolver_url`; LOCAL: `resolver_path`
    resolver_url    of an OpenAI-compatible server, up to and with /v1
    resolver_model  name of the model there; '' = the only one that it has
    resolver_path   folder of a vision-language model for transformers
    resolver_image  whether the model is shown the image
    verify          whether it is asked about what was found, where a call is left
    detector        folder of a model that finds boxes, for segmenters that cut boxes; 'resolver' =
                    the resolver says them, after a handshake; '' = the folder detector beside the
                    segmenter's files
    embedded        how the package's own network serves, where no checkpoint is given. WHOLE: all
                    that it sees, the default; PHRASES: what it is asked for, as SAM 3 would be
    """

    resolver: str = RULES
    resolver_url: str = ''
    resolver_model: str = ''
    resolver_path: str = ''
    resolver_image: str = ON
    verify: str = OFF
    detector: str = ''
    embedded: str = ''

    @classmethod
    def parse(cls, text: str) -> 'GroundedOptions':
        """Read the words; '' gives the defaults; raises BadRequest."""
        given: dict[str, str] = {}
        names = tuple(f.name for f in fields(cls))
        for pair in text.split():
            name, is_pair, value = pair.partition('=')
            if name not in names or not is_pair:
                raise BadRequest(f'option "{pair}" of engine "grounded" is unknown; options are '
                                 f'{", ".join(f"{n}=..." for n in names)}')
            if name in CHOICES and value not in CHOICES[name]:
                raise BadRequest(f'option "{name}" of engine "grounded" is "{value}"; choose one '
                                 f'of {", ".join(CHOICES[name])}')
            given[name] = value
        found = cls(**given)
        if 'resolver' not in given and (found.resolver_url or found.resolver_path):
            found = cls(**given, resolver=SERVER if found.resolver_url else LOCAL)
        found.check()
        return found

    def check(self) -> None:
        """Raise BadRequest for choices that do not go together."""
        for kind, value, name, wanted in (
                (SERVER, self.resolver_url, 'resolver_url', 'http://localhost:8000/v1'),
                (LOCAL, self.resolver_path, 'resolver_path', 'the folder of a Qwen3-VL')):
            if self.resolver == kind and not value:
                raise BadRequest(f'resolver "{kind}" of engine "grounded" needs {name}, which is '
                                 f'empty; give {name}, e.g. {wanted}')
            if self.resolver != kind and value:
                raise BadRequest(f'{name} of engine "grounded" is "{value}", but the resolver is '
                                 f'"{self.resolver}"; give resolver {kind}, or leave it out')
        if self.resolver_url and not self.resolver_url.startswith(('http://', 'https://')):
            raise BadRequest(f'resolver_url is "{self.resolver_url}", expected http://HOST:PORT/v1')
        if self.detector == 'resolver' and (self.resolver == RULES or self.resolver_image == OFF):
            raise BadRequest('detector "resolver" of engine "grounded" needs a resolver that is '
                             'shown the image; give resolver server or local with '
                             'resolver_image=on, or the folder of a detector')

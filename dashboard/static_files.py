"""Static files under ASGI."""

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc] # it publishes no types
    """WhiteNoise that answers whole files; they are small.

    Its own streaming response is synchronous: under ASGI Django warns of it and reads it in a
    thread, chunk by chunk.
    """

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file:
                content = found.file.read()
        headers = {name: value for name, value in found.headers if name != "Content-Length"}
        return HttpResponse(content, status=int(found.status), headers=headers)

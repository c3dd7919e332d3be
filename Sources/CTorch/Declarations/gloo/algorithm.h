// See context.h: included by c10d, which uses nothing of it in its header.
#pragma once

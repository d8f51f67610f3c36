// Made by `python scripts/make_documents.py`; do not edit.
const KNOWLEDGE = {
 "schema_version": 3,
 "article": {
  "title": "PyTorch vs. TensorFlow: Choosing the Right AI Framework",
  "author": "Novah Greywolf",
  "date": "2025-01-02"
 },
 "frameworks": {
  "pytorch": "PyTorch",
  "keras": "Keras"
 },
 "dimensions": {
  "1": "Ease of use and learning curve",
  "2": "Industry relevance",
  "3": "Popularity trends",
  "4": "Model availability",
  "5": "Deployment options",
  "6": "Community support"
 },
 "tie_breaks": {
  "background": "tie-break: background",
  "deploy": "tie-break: deploy"
 },
 "grades": {
  "A": "primary source",
  "B": "partly primary",
  "C": "reported"
 },
 "questions": [
  {
   "id": "background",
   "dimension": 1,
   "title": "Ease of use and learning curve",
   "prompt": "How much deep learning have you done?",
   "help": "This answer counts most: the article's verdict names it.",
   "multiple": false,
   "combined": null,
   "options": [
    {
     "id": "beginner",
     "label": "I am new to it",
     "target": null,
     "weight": {
      "favours": "keras",
      "points": 5,
      "points_today": 5,
      "reason": "You are new to deep learning: Keras is the simple, well-documented way in.",
      "reason_today": null,
      "because": [],
      "status": "new"
     }
    },
    {
     "id": "some",
     "label": "Some",
     "target": null,
     "weight": null
    },
    {
     "id": "experienced",
     "label": "A lot: I am experienced",
     "target": null,
     "weight": {
      "favours": "pytorch",
      "points": 5,
      "points_today": 5,
      "reason": "You are experienced: PyTorch gives you flexibility in code that reads like ordinary Python.",
      "reason_today": null,
      "because": [],
      "status": null
     }
    }
   ]
  },
  {
   "id": "style",
   "dimension": 1,
   "title": "Ease of use and learning curve",
   "prompt": "How do you want to write models?",
   "help": "Ready-made building blocks and fit(), or every step in your own hands.",
   "multiple": false,
   "combined": null,
   "options": [
    {
     "id": "high-level",
     "label": "With high-level building blocks",
     "target": null,
     "weight": {
      "favours": "keras",
      "points": 2,
      "points_today": 2,
      "reason": "You want high-level building blocks: Keras hides the steps that you do not need to see at first.",
      "reason_today": null,
      "because": [],
      "status": "new"
     }
    },
    {
     "id": "no-preference",
     "label": "No preference",
     "target": null,
     "weight": null
    },
    {
     "id": "flexible",
     "label": "Freely, step by step, easy to debug",
     "target": null,
     "weight": {
      "favours": "pytorch",
      "points": 2,
      "points_today": 2,
      "reason": "You want freedom: PyTorch runs line by line, which makes it easier to adapt and to debug.",
      "reason_today": null,
      "because": [],
      "status": "holds"
     }
    }
   ]
  },
  {
   "id": "setting",
   "dimension": 2,
   "title": "Industry relevance",
   "prompt": "Where will the work live?",
   "help": "A company's production systems, or research and academia.",
   "multiple": false,
   "combined": null,
   "options": [
    {
     "id": "enterprise",
     "label": "In production at a company",
     "target": null,
     "weight": {
      "favours": "keras",
      "points": 2,
      "points_today": 1,
      "reason": "It goes into production at a company: TensorFlow fits into enterprise systems best.",
      "reason_today": "TensorFlow still fits, but it moves far more slowly than PyTorch.",
      "because": [
       "tf-releases"
      ],
      "status": "weakened"
     }
    },
    {
     "id": "undecided",
     "label": "Not decided",
     "target": null,
     "weight": null
    },
    {
     "id": "moving-to-pytorch",
     "label": "At an organization that is moving to PyTorch",
     "target": null,
     "weight": {
      "favours": "pytorch",
      "points": 1,
      "points_today": 2,
      "reason": "Your organization is moving to PyTorch, as more and more do for production.",
      "reason_today": "PyTorch moves far faster than TensorFlow.",
      "because": [
       "tf-releases"
      ],
      "status": "holds"
     }
    },
    {
     "id": "research",
     "label": "In research or academia",
     "target": null,
     "weight": {
      "favours": "pytorch",
      "points": 2,
      "points_today": 2,
      "reason": "It is research: PyTorch is the one that researchers value for experiments.",
      "reason_today": null,
      "because": [],
      "status": "holds"
     }
    }
   ]
  },
  {
   "id": "popularity",
   "dimension": 3,
   "title": "Popularity trends",
   "prompt": "Does popularity matter to you?",
   "help": "The framework that has long led, or the one that is catching up.",
   "multiple": false,
   "combined": null,
   "options": [
    {
     "id": "incumbent",
     "label": "Yes: the one that has long led",
     "target": null,
     "weight": {
      "favours": "keras",
      "points": 1,
      "points_today": 0,
      "reason": "You want the one that has long led: TensorFlow.",
      "reason_today": "TensorFlow no longer leads, by survey and by downloads.",
      "because": [
       "so2024",
       "pypi"
      ],
      "status": "reversed"
     }
    },
    {
     "id": "indifferent",
     "label": "No",
     "target": null,
     "weight": null
    },
    {
     "id": "rising",
     "label": "Yes: the one that is rising",
     "target": null,
     "weight": {
      "favours": "pytorch",
      "points": 1,
      "points_today": 1,
      "reason": "You want the one that is rising: PyTorch has been closing the gap.",
      "reason_today": null,
      "because": [],
      "status": "new"
     }
    }
   ]
  },
  {
   "id": "models",
   "dimension": 4,
   "title": "Model availability",
   "prompt": "Where will pretrained models come from?",
   "help": "A collection that you mean to build on, if there is one. Your project can then start from pretrained weights.",
   "multiple": false,
   "combined": null,
   "options": [
    {
     "id": "tensorflow-hub",
     "label": "TensorFlow Hub or Model Garden",
     "target": null,
     "weight": {
      "favours": "keras",
      "points": 1,
      "points_today": 0,
      "reason": "Your pretrained models come from TensorFlow Hub or Model Garden: those are TensorFlow's.",
      "reason_today": "TensorFlow Hub is gone.",
      "because": [
       "tfhub"
      ],
      "status": "gone"
     }
    },
    {
     "id": "none",
     "label": "Nowhere, or not known yet",
     "target": null,
     "weight": null
    },
    {
     "id": "pytorch-hub",
     "label": "TorchHub or the newest papers",
     "target": null,
     "weight": {
      "favours": "pytorch",
      "points": 2,
      "points_today": 3,
      "reason": "Your models come from TorchHub or new papers: most research is published with PyTorch code.",
      "reason_today": "New models in transformers are for PyTorch only.",
      "because": [
       "transformers5"
      ],
      "status": "holds"
     }
    }
   ]
  },
  {
   "id": "deploy",
   "dimension": 5,
   "title": "Deployment options",
   "prompt": "Where must the model run?",
   "help": "Choose any number, or none if it does not have to run anywhere yet.",
   "multiple": true,
   "combined": {
    "favours": "keras",
    "points": 1,
    "points_today": 0,
    "reason": "You have several targets: TensorFlow's tools cover servers, devices and browsers together.",
    "reason_today": "Each of these targets can be reached from PyTorch too.",
    "because": [
     "executorch",
     "litert",
     "litertjs",
     "tfjs"
    ],
    "status": "weakened"
   },
   "options": [
    {
     "id": "server",
     "label": "On a server",
     "target": "server",
     "weight": {
      "favours": "keras",
      "points": 2,
      "points_today": 1,
      "reason": "It must run on a server: TensorFlow Serving is made for that and scales well.",
      "reason_today": "Covering every target set TensorFlow apart; it is no longer alone in that.",
      "because": [
       "executorch",
       "litert",
       "litertjs",
       "tfjs"
      ],
      "status": "weakened"
     }
    },
    {
     "id": "edge",
     "label": "On a phone or an edge device",
     "target": "edge",
     "weight": {
      "favours": "keras",
      "points": 3,
      "points_today": 1,
      "reason": "It must run on a phone or an edge device: TensorFlow Lite is made for that.",
      "reason_today": "PyTorch has a runtime for phones too, and LiteRT takes its models.",
      "because": [
       "executorch",
       "litert"
      ],
      "status": "weakened"
     }
    },
    {
     "id": "browser",
     "label": "In a browser",
     "target": "browser",
     "weight": {
      "favours": "keras",
      "points": 3,
      "points_today": 1,
      "reason": "It must run in a browser: TensorFlow.js is made for that.",
      "reason_today": "TensorFlow.js is dormant, and LiteRT.js runs models of both.",
      "because": [
       "litertjs",
       "tfjs"
      ],
      "status": "weakened"
     }
    },
    {
     "id": "pytorch-server",
     "label": "On a PyTorch server",
     "target": "server",
     "weight": {
      "favours": "pytorch",
      "points": 1,
      "points_today": 1,
      "reason": "You want a PyTorch server: TorchServe has been catching up.",
      "reason_today": null,
      "because": [],
      "status": "gone"
     }
    }
   ]
  },
  {
   "id": "community",
   "dimension": 6,
   "title": "Community support",
   "prompt": "What do you want from the community?",
   "help": "Tools and answers that other people have already made.",
   "multiple": false,
   "combined": null,
   "options": [
    {
     "id": "tfx",
     "label": "Ready pipelines (TFX)",
     "target": null,
     "weight": {
      "favours": "keras",
      "points": 2,
      "points_today": 2,
      "reason": "You want ready machine-learning pipelines: TFX belongs to TensorFlow.",
      "reason_today": null,
      "because": [],
      "status": "holds"
     }
    },
    {
     "id": "established",
     "label": "A long-established community",
     "target": null,
     "weight": {
      "favours": "keras",
      "points": 1,
      "points_today": 0,
      "reason": "You want a long-established community: TensorFlow's is the older one.",
      "reason_today": "More is now built on PyTorch.",
      "because": [
       "community"
      ],
      "status": "weakened"
     }
    },
    {
     "id": "no-preference",
     "label": "No preference",
     "target": null,
     "weight": null
    },
    {
     "id": "fast-growing",
     "label": "A fast-growing community",
     "target": null,
     "weight": {
      "favours": "pytorch",
      "points": 1,
      "points_today": 1,
      "reason": "You want a fast-growing community: PyTorch's tutorials and forums multiply.",
      "reason_today": null,
      "because": [],
      "status": null
     }
    }
   ]
  }
 ],
 "deployments": [
  {
   "target": "server",
   "framework": "pytorch",
   "name": "TorchServe",
   "status": "archived",
   "remark": "archived since August 2025, without security patches: keep it off open networks",
   "tools": [
    "Java 17",
    "the Python packages torchserve and torch-model-archiver"
   ],
   "notes": [
    "torchserve",
    "torchserve-cve",
    "torchserve-next"
   ]
  },
  {
   "target": "server",
   "framework": "keras",
   "name": "TensorFlow Serving",
   "status": "maintained",
   "remark": "maintained, with few releases",
   "tools": [
    "tensorflow_model_server, or a container engine to run its image"
   ],
   "notes": [
    "tfserving"
   ]
  },
  {
   "target": "edge",
   "framework": "pytorch",
   "name": "ExecuTorch",
   "status": "maintained",
   "remark": "maintained",
   "tools": [
    "the Python package executorch, about 1.2 GB with what it needs"
   ],
   "notes": [
    "executorch"
   ]
  },
  {
   "target": "edge",
   "framework": "keras",
   "name": "LiteRT",
   "status": "maintained",
   "remark": "maintained; TensorFlow Lite's name today",
   "tools": [
    "the Python package ai-edge-litert"
   ],
   "notes": [
    "litert"
   ]
  },
  {
   "target": "browser",
   "framework": "pytorch",
   "name": "ONNX Runtime Web",
   "status": "maintained",
   "remark": "maintained",
   "tools": [
    "the npm package onnxruntime-web",
    "a browser with WebAssembly"
   ],
   "notes": []
  },
  {
   "target": "browser",
   "framework": "keras",
   "name": "TensorFlow.js",
   "status": "dormant",
   "remark": "dormant since October 2024; LiteRT.js, which is maintained, is there as well",
   "tools": [
    "uv, for a converter in a separate environment",
    "the npm packages @tensorflow/tfjs and @litertjs/core"
   ],
   "notes": [
    "tfjs",
    "litertjs",
    "tfjs-converter"
   ]
  }
 ],
 "notes": [
  {
   "id": "torchserve",
   "dimension": 5,
   "concerns": [
    "deploy.pytorch-server"
   ],
   "status": "gone",
   "grade": "A",
   "text": "TorchServe is archived: since February 2025 nothing in it is fixed, not even security holes. Its last release is 0.12.0 of September 2024.",
   "sources": [
    {
     "title": "pytorch/serve README, limited maintenance notice",
     "address": "github.com/pytorch/serve"
    }
   ],
   "source_dates": [
    "2025-02-28",
    "2025-08-07"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "torchserve-cve",
   "dimension": 5,
   "concerns": [
    "deploy.pytorch-server"
   ],
   "status": "gone",
   "grade": "A",
   "text": "Critical vulnerabilities were found in TorchServe: CVE-2023-43654 (ShellTorch) and CVE-2024-35198. New ones will not be fixed, so never expose it.",
   "sources": [
    {
     "title": "GHSA-8fxr-qfr9-p34w (CVE-2023-43654)",
     "address": "github.com/pytorch/serve/security/advisories/GHSA-8fxr-qfr9-p34w"
    },
    {
     "title": "CVE-2024-35198",
     "address": "www.cve.org/CVERecord?id=CVE-2024-35198"
    }
   ],
   "source_dates": [
    "2023-09-28",
    "2024-07-18"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "torchserve-next",
   "dimension": 5,
   "concerns": [
    "deploy.pytorch-server"
   ],
   "status": "new",
   "grade": "B",
   "text": "No official successor was named. The thread about TorchServe's end points to Triton, Ray Serve, KServe, BentoML and others.",
   "sources": [
    {
     "title": "Why is TorchServe no longer actively maintained?",
     "address": "github.com/pytorch/serve/issues/3396"
    },
    {
     "title": "KServe: remove TorchServe",
     "address": "github.com/kserve/kserve/pull/5638"
    }
   ],
   "source_dates": [
    "2025-03-13",
    "2026-09-08"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "pt-foundation",
   "dimension": 5,
   "concerns": [
    "deploy.pytorch-server",
    "deploy.server"
   ],
   "status": "new",
   "grade": "B",
   "text": "Related projects fill PyTorch's gap in serving: vLLM and Ray became projects of the PyTorch Foundation in 2025.",
   "sources": [
    {
     "title": "PyTorch Foundation press release",
     "address": "pytorch.org/blog"
    }
   ],
   "source_dates": [
    "2025-05-07",
    "2025-10"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "executorch",
   "dimension": 5,
   "concerns": [
    "deploy.edge"
   ],
   "status": "weakened",
   "grade": "A",
   "text": "PyTorch has its own runtime for phones: ExecuTorch 1.0 came out in October 2025, 1.5.1 in September 2026. PyTorch Mobile is no longer supported.",
   "sources": [
    {
     "title": "ExecuTorch",
     "address": "github.com/pytorch/executorch"
    },
    {
     "title": "PyTorch Mobile optimizer, unsupported",
     "address": "docs.pytorch.org/docs/stable/mobile_optimizer.html"
    }
   ],
   "source_dates": [
    "2025-10-17",
    "2026-09-22"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "litert",
   "dimension": 5,
   "concerns": [
    "deploy.edge"
   ],
   "status": "weakened",
   "grade": "A",
   "text": "TensorFlow Lite has been called LiteRT since September 2024, and takes PyTorch models too (litert-torch 0.10, October 2026).",
   "sources": [
    {
     "title": "LiteRT",
     "address": "github.com/google-ai-edge/LiteRT"
    },
    {
     "title": "LiteRT migration guide",
     "address": "ai.google.dev/edge/litert/migration"
    }
   ],
   "source_dates": [
    "2024-09-04",
    "2026-10-20"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "tfjs",
   "dimension": 5,
   "concerns": [
    "deploy.browser"
   ],
   "status": "weakened",
   "grade": "A",
   "text": "TensorFlow.js is dormant: its newest release is 4.22.0 of October 2024, and in June 2026 its team told users that other work comes first.",
   "sources": [
    {
     "title": "Is this project deprecated?",
     "address": "github.com/tensorflow/tfjs/issues/8719"
    },
    {
     "title": "tfjs issue 8584",
     "address": "github.com/tensorflow/tfjs/issues/8584"
    }
   ],
   "source_dates": [
    "2024-10-21",
    "2026-06-22"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "litertjs",
   "dimension": 5,
   "concerns": [
    "deploy.browser"
   ],
   "status": "weakened",
   "grade": "A",
   "text": "LiteRT.js runs models of TensorFlow, PyTorch and JAX in a browser: running there no longer decides the framework.",
   "sources": [
    {
     "title": "LiteRT for Web with LiteRT.js",
     "address": "ai.google.dev/edge/litert/web"
    }
   ],
   "source_dates": [
    "2026"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "tfjs-converter",
   "dimension": 5,
   "concerns": [
    "deploy.browser"
   ],
   "status": "weakened",
   "grade": "A",
   "text": "The tensorflowjs converter 4.22.0 can be installed together with TensorFlow 2.19 but not with 2.21, as a resolver showed in November 2026.",
   "sources": [
    {
     "title": "package tensorflowjs 4.22.0, resolver run",
     "address": "package index"
    }
   ],
   "source_dates": [
    "2026-11-22"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "tfserving",
   "dimension": 5,
   "concerns": [
    "deploy.server"
   ],
   "status": "holds",
   "grade": "A",
   "text": "TensorFlow Serving is still developed, slowly: 2.20.0 came out in April 2026, its API package 2.21.0 in September 2026.",
   "sources": [
    {
     "title": "TensorFlow Serving",
     "address": "github.com/tensorflow/serving"
    },
    {
     "title": "package tensorflow-serving-api",
     "address": "package index"
    }
   ],
   "source_dates": [
    "2026-04-23",
    "2026-09-29"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "tfhub",
   "dimension": 4,
   "concerns": [
    "models.tensorflow-hub"
   ],
   "status": "gone",
   "grade": "A",
   "text": "TensorFlow Hub moved into Kaggle Models in November 2023; models that had not moved were deleted in March 2024.",
   "sources": [
    {
     "title": "TensorFlow Hub README",
     "address": "github.com/tensorflow/hub"
    }
   ],
   "source_dates": [
    "2023-11-15",
    "2024-03-18"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "garden",
   "dimension": 4,
   "concerns": [
    "models.tensorflow-hub"
   ],
   "status": "holds",
   "grade": "A",
   "text": "TensorFlow's Model Garden is still released, one step behind: tf-models-official 2.20.0 (February 2026) cannot be installed with TensorFlow 2.21.",
   "sources": [
    {
     "title": "package tf-models-official, resolver run",
     "address": "package index"
    }
   ],
   "source_dates": [
    "2026-02-11",
    "2026-11-28"
   ],
   "checked": "2026-11-28"
  },
  {
   "id": "kerashub",
   "dimension": 4,
   "concerns": [
    "models.tensorflow-hub"
   ],
   "status": "new",
   "grade": "A",
   "text": "Keras models are now in KerasHub: 0.32 (September 2026) runs on JAX, TensorFlow or PyTorch. KerasCV has ended.",
   "sources": [
    {
     "title": "KerasHub README",
     "address": "github.com/keras-team/keras-hub"
    },
    {
     "title": "KerasCV",
     "address": "github.com/keras-team/keras-cv/issues/2497"
    }
   ],
   "source_dates": [
    "2026-09-18"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "kerashub-timm",
   "dimension": 4,
   "concerns": [
    "models.tensorflow-hub"
   ],
   "status": "new",
   "grade": "A",
   "text": "KerasHub 0.32 also loads weights that were made with PyTorch: it converts several families of timm, such as EfficientNet and ResNet.",
   "sources": [
    {
     "title": "KerasHub 0.32, timm preset loader",
     "address": "github.com/keras-team/keras-hub/blob/master/keras_hub/src/utils/timm/preset_loader.py"
    }
   ],
   "source_dates": [
    "2026-09-18"
   ],
   "checked": "2026-11-28"
  },
  {
   "id": "timm",
   "dimension": 4,
   "concerns": [
    "models.pytorch-hub"
   ],
   "status": "new",
   "grade": "A",
   "text": "timm 1.0.31 has 1,826 sets of weights for image models. 88 of them have a noncommercial Creative Commons license, 25 none or an unknown one.",
   "sources": [
    {
     "title": "timm",
     "address": "github.com/huggingface/pytorch-image-models"
    },
    {
     "title": "package timm 1.0.31, its list of weights",
     "address": "package index"
    }
   ],
   "source_dates": [
    "2026-11-28"
   ],
   "checked": "2026-11-28"
  },
  {
   "id": "torchvision",
   "dimension": 4,
   "concerns": [
    "models.pytorch-hub"
   ],
   "status": "weakened",
   "grade": "A",
   "text": "torchvision's models are not deprecated, but since April 2025 its team has supported them less and does not expect to add new ones.",
   "sources": [
    {
     "title": "Update on TorchVision's future focus",
     "address": "github.com/pytorch/vision/issues/9036"
    }
   ],
   "source_dates": [
    "2025-04-23"
   ],
   "checked": "2026-11-28"
  },
  {
   "id": "torchhub",
   "dimension": 4,
   "concerns": [
    "models.pytorch-hub"
   ],
   "status": "weakened",
   "grade": "B",
   "text": "PyTorch Hub's index is quiet: its newest stored commit is from April 2024. torchvision's models are current (0.29.2, October 2026).",
   "sources": [
    {
     "title": "pytorch/hub history",
     "address": "github.com/pytorch/hub"
    },
    {
     "title": "package torchvision",
     "address": "package index"
    }
   ],
   "source_dates": [
    "2024-04-15",
    "2026-10-28"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "transformers5",
   "dimension": 4,
   "concerns": [
    "always"
   ],
   "status": "reversed",
   "grade": "A",
   "text": "Hugging Face's transformers dropped TensorFlow and JAX with version 5 (January 2026): new models there are for PyTorch only.",
   "sources": [
    {
     "title": "Version 5 migration guide",
     "address": "github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md"
    }
   ],
   "source_dates": [
    "2026-01-26"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "keras3",
   "dimension": 1,
   "concerns": [
    "background.beginner",
    "style.high-level"
   ],
   "status": "new",
   "grade": "A",
   "text": "Keras 3 runs on PyTorch and JAX as well, so starting with Keras no longer ties you to TensorFlow.",
   "sources": [
    {
     "title": "Keras README",
     "address": "github.com/keras-team/keras"
    }
   ],
   "source_dates": [
    "2026-07-29"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "eager",
   "dimension": 1,
   "concerns": [
    "style.flexible"
   ],
   "status": "holds",
   "grade": "A",
   "text": "PyTorch is as flexible as before. torch.compile and torch.export replaced TorchScript, which was deprecated in 2025.",
   "sources": [
    {
     "title": "TorchScript language reference: deprecated",
     "address": "docs.pytorch.org/docs/stable/jit_language_reference.html"
    }
   ],
   "source_dates": [
    "2025-07-15"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "tf-stability",
   "dimension": 2,
   "concerns": [
    "setting.enterprise"
   ],
   "status": "weakened",
   "grade": "C",
   "text": "Reported: With TensorFlow 2.21 (March 2026) Google is said to have put stability first and to send new generative work to Keras 3, JAX and PyTorch.",
   "sources": [
    {
     "title": "What's new in TensorFlow 2.21 (press account)",
     "address": "theaicatchup.com/article/whats-new-in-tensorflow-221"
    }
   ],
   "source_dates": [
    "2026-03-07"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "tf-releases",
   "dimension": 2,
   "concerns": [
    "setting.enterprise"
   ],
   "status": "weakened",
   "grade": "A",
   "text": "Minor releases since the article: 3 of TensorFlow (newest: 2.21.0, March 2026), 10 of PyTorch (newest: 2.15.0, October 2026).",
   "sources": [
    {
     "title": "packages tensorflow and torch, upload dates",
     "address": "package index"
    }
   ],
   "source_dates": [
    "2026-11-22"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "py314",
   "dimension": 2,
   "concerns": [
    "always"
   ],
   "status": "new",
   "grade": "A",
   "text": "TensorFlow has wheels for Python 3.10 to 3.13 only; PyTorch 2.15 has them for 3.11 to 3.15 (looked up in November 2026).",
   "sources": [
    {
     "title": "Support Python 3.14",
     "address": "github.com/tensorflow/tensorflow/issues/102890"
    },
    {
     "title": "packages tensorflow and torch",
     "address": "package index"
    }
   ],
   "source_dates": [
    "2026-11-22"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "so2024",
   "dimension": 3,
   "concerns": [
    "popularity.incumbent"
   ],
   "status": "reversed",
   "grade": "A",
   "text": "In the survey that the article cites, PyTorch was ahead as early as 2024: 10.6% of those asked used it, 10.1% TensorFlow.",
   "sources": [
    {
     "title": "Stack Overflow Developer Survey 2024, other frameworks",
     "address": "github.com/StackExchange/Survey"
    }
   ],
   "source_dates": [
    "2024"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "so2025",
   "dimension": 3,
   "concerns": [
    "popularity.incumbent",
    "popularity.rising"
   ],
   "status": "new",
   "grade": "B",
   "text": "Stack Overflow no longer asks: these frameworks are neither in the data of 2025 nor in the question bank of 2026.",
   "sources": [
    {
     "title": "StackExchange/Survey question bank",
     "address": "github.com/StackExchange/Survey"
    }
   ],
   "source_dates": [
    "2026-07-01"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "pypi",
   "dimension": 3,
   "concerns": [
    "popularity.incumbent"
   ],
   "status": "reversed",
   "grade": "A",
   "text": "Downloads from PyPI in the 30 days to 2026-04-01: torch 87.3M, tensorflow 22.7M. When the article appeared they were 30.5M and 21.5M.",
   "sources": [
    {
     "title": "top-pypi-packages",
     "address": "github.com/hugovk/top-pypi-packages"
    },
    {
     "title": "best-of-ml-python history",
     "address": "github.com/lukasmasuch/best-of-ml-python"
    }
   ],
   "source_dates": [
    "2026-04-01"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "stars",
   "dimension": 3,
   "concerns": [
    "popularity.incumbent"
   ],
   "status": "holds",
   "grade": "A",
   "text": "Stars on GitHub still favor TensorFlow, 197k to 103k (August 2026). They only ever add up, so read them as history.",
   "sources": [
    {
     "title": "Github-Ranking",
     "address": "github.com/EvanLi/Github-Ranking"
    }
   ],
   "source_dates": [
    "2026-08-22"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "pwc",
   "dimension": 3,
   "concerns": [
    "setting.research"
   ],
   "status": "holds",
   "grade": "B",
   "text": "Papers with Code closed in July 2025 and froze the shares of papers; in the last ones that were widely quoted PyTorch was far ahead.",
   "sources": [
    {
     "title": "Papers with Code closed",
     "address": "github.com/paperswithcode/paperswithcode-data/issues/116"
    }
   ],
   "source_dates": [
    "2025-08-14"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "tfx",
   "dimension": 6,
   "concerns": [
    "community.tfx"
   ],
   "status": "holds",
   "grade": "A",
   "text": "TFX was dormant in 2025 and is active again: 1.21.0 came out in June 2026 (TensorFlow 2.21, Python 3.10+). Its wheels for Linux need glibc 2.39.",
   "sources": [
    {
     "title": "TFX RELEASE.md",
     "address": "github.com/tensorflow/tfx"
    },
    {
     "title": "package ml-metadata 1.21.0",
     "address": "package index"
    }
   ],
   "source_dates": [
    "2026-06-17"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "kfp",
   "dimension": 6,
   "concerns": [
    "community.tfx"
   ],
   "status": "new",
   "grade": "A",
   "text": "Kubeflow Pipelines serves both frameworks: kfp 2.17.3 came out in October 2026. Kubeflow has been an incubating project of the CNCF since July 2023, and has applied to graduate.",
   "sources": [
    {
     "title": "package kfp 2.17.3",
     "address": "package index"
    },
    {
     "title": "Kubeflow Graduation Application",
     "address": "github.com/cncf/toc/issues/1861"
    }
   ],
   "source_dates": [
    "2026-10-22",
    "2025"
   ],
   "checked": "2026-11-28"
  },
  {
   "id": "community",
   "dimension": 6,
   "concerns": [
    "community.established"
   ],
   "status": "weakened",
   "grade": "A",
   "text": "More is built on PyTorch: 29k projects on PyPI depend on torch, 9k on tensorflow (October 2025).",
   "sources": [
    {
     "title": "best-of-ml-python history",
     "address": "github.com/lukasmasuch/best-of-ml-python"
    }
   ],
   "source_dates": [
    "2025-10-02"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "gpu-os",
   "dimension": null,
   "concerns": [
    "always"
   ],
   "status": "new",
   "grade": "A",
   "text": "TensorFlow has had no GPU on native Windows since 2.11, and has no official one on macOS; PyTorch has its MPS backend for Macs.",
   "sources": [
    {
     "title": "TensorFlow 2.11.1 release note",
     "address": "github.com/tensorflow/tensorflow/releases/tag/v2.11.1"
    },
    {
     "title": "Install TensorFlow with pip",
     "address": "www.tensorflow.org/install/pip"
    },
    {
     "title": "PyTorch MPS backend",
     "address": "docs.pytorch.org/docs/stable/notes/mps.html"
    }
   ],
   "source_dates": [
    "2023-03",
    "2026"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "tpu",
   "dimension": null,
   "concerns": [
    "always"
   ],
   "status": "new",
   "grade": "A",
   "text": "TPUs are no longer tied to TensorFlow: Google documents TorchTPU for native PyTorch (torch-tpu 0.2.0, October 2026).",
   "sources": [
    {
     "title": "PyTorch on Cloud TPU",
     "address": "docs.cloud.google.com/tpu/docs/pytorch-on-tpu"
    },
    {
     "title": "package torch-tpu",
     "address": "package index"
    }
   ],
   "source_dates": [
    "2026-10-19"
   ],
   "checked": "2026-11-22"
  },
  {
   "id": "jobs",
   "dimension": 2,
   "concerns": [
    "setting.undecided"
   ],
   "status": "new",
   "grade": "C",
   "text": "Reported: One blog of 2026 finds PyTorch in 37.7% of job ads and TensorFlow in 32.9%; no primary source was found.",
   "sources": [
    {
     "title": "PyTorch 2026: 38% of job postings (one blog)",
     "address": "programming-helper.com"
    }
   ],
   "source_dates": [
    "2026"
   ],
   "checked": "2026-11-22"
  }
 ]
};
